"""What the layers cost for each packet in a virtual machine on a stock kernel (tests/kernels). Its processor is
emulated and its clock goes by instructions, 8 ns each: only ratios mean anything, but those are the same whatever else
this machine does.
  bench/vm.py [KERNEL]        6.1 unless another is named"""

import os
import re
import sys

from common import SKBTOP, table

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE + "/../tests/kernels")

import kernels  # pylint: disable=wrong-import-position
import machine  # pylint: disable=wrong-import-position

KERNEL = sys.argv[1] if len(sys.argv) > 1 else "6.1"
LIMIT = 600  # seconds
# ns a packet: what netwatcher -t -x -r, measured apart from this bench, takes in this machine on 6.1 for the same
# stream
NETWATCHER = 114400
AIM = NETWATCHER / 5


def measure():
    """(packets and options, rows of program, runs per packet, ns a run, ns per packet) of each way."""
    folder, version = kernels.get(KERNEL)
    payload = {"skbtop": SKBTOP, "lib.sh": HERE + "/../tests/kernels/lib.sh", "checks/cost.sh": HERE + "/vm_cost.sh"}
    machine.TOOLS.update({"iperf3": None, "bpftool": None})
    result = machine.run(folder, payload, "cost", LIMIT)
    ways = []
    for line in re.findall(r"^figure (.*)$", result.output, re.M):
        if line.endswith("packets"):
            ways.append((line, []))
        else:
            ways[-1][1].append(line.split())
    if result.status != 0:
        sys.exit("no figures:\n" + result.output + result.console[-2000:])
    return version, ways


def main():
    version, ways = measure()
    costs = []
    for what, rows in ways:
        rows.sort(key=lambda row: -int(row[3]))
        table("Linux %s in a virtual machine, skbtop %s" % (version, what),
              ["program", "runs per packet", "ns a run", "ns per packet"], [row for row in rows if int(row[3])])
        costs.append(float(next(row[3] for row in rows if row[0] == "all")))
    layers = costs[1]  # with all hooks; the first is without layers
    print("a packet takes 1/%.1f of netwatcher's %.1f us, at most a fifth: %s" %
          (NETWATCHER / layers, NETWATCHER / 1000, "met" if layers <= AIM else "missed"))
    sys.exit(0 if layers <= AIM else 1)


main()
