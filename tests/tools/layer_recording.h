/* Records of the layers for made-up recordings. */
#pragma once

#include "stream.h"

#define LAYER_TICKS 40 /* of the recording "layers" */
#define LAYER_SOCKETS 12
#define LAYER_FIRST_ID 501

/* What a kernel supports. */
enum layer_kernel { LAYERS_FULL, LAYERS_PARTLY, LAYERS_NONE, LAYERS_NETFILTER /* all, and the hooks */ };

/* The features of such a kernel. */
void put_layer_features(struct buf *out, enum layer_kernel kernel);
/* The histograms of the machine and of LAYER_SOCKETS sockets up to a tick, and how complete they are. Socket 3 reads
 * late from tick 32 on. */
void put_layers(struct buf *out, unsigned tick, enum layer_kernel kernel);
