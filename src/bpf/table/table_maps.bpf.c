/* Definitions of the maps and variables that all programs share (see table_maps.h). */
#include "table_maps.h"

struct conns_map conns SEC(".maps");
struct flows_map flows SEC(".maps");
struct accepts_map accepts SEC(".maps");
struct newborns_map newborns SEC(".maps");
struct redirects_map redirects SEC(".maps");
struct ends_map ends SEC(".maps");
struct stats_map stats SEC(".maps");
struct scratch_map scratch SEC(".maps");
struct socket_copy_map socket_copy SEC(".maps");
struct no_file_map no_file SEC(".maps");

const volatile bool flow_by_address = false;
const volatile bool keeps_no_file = false;
u64 info_cookie = 0;
u64 wanted[ABI_WANTED_SLOTS] = {};
u32 wanted_count = 0;
u32 since_jiffies = 0;
u32 since_valid = 0;
u32 refresh_slot = 0;
u32 pass_jiffies = 0;
struct net *device_net[PASS_KINDS] = {0};
u32 device_ifindex[PASS_KINDS] = {0};
u32 conns_changed = 0;
u32 births = 0;
u32 owners_only = 0;
u32 flows_added = 0;
u32 accepts_full = 0;
u32 kept_any = 0;
u32 mini_mask = 0;
u32 mini_seen = 0;
u32 redirects_on = 0;
u32 redirects_lost = 0;
u32 cookieless = 0;

WALK(walk_conns, u64, sizeof(struct abi_conn))
WALK(walk_flows, u64, sizeof(struct abi_flow))

char LICENSE[] SEC("license") = "GPL";
