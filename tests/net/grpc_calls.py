"""A server of gRPC, and who calls it: Debian's python3-grpcio, with messages of plain bytes. For the system's python:
    serve PORT                         until it is killed
    call PORT METHOD N [METHOD N ...]  on one connection; prints what came of them, as counted by the client"""

import collections
import json
import sys
from concurrent import futures

import grpc

STATUS = {"Lost": grpc.StatusCode.NOT_FOUND, "Broken": grpc.StatusCode.INTERNAL, "Busy": grpc.StatusCode.UNAVAILABLE}


class Service(grpc.GenericRpcHandler):
    def service(self, handler_call_details):
        status = STATUS.get(handler_call_details.method.rpartition("/")[2])

        def answer(request, context):
            if status:
                context.abort(status, "no")
            return request
        return grpc.unary_unary_rpc_method_handler(answer)


def serve(port):
    server = grpc.server(futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([Service()])
    server.add_insecure_port("127.0.0.1:" + port)
    server.start()
    server.wait_for_termination()


def call(port, *wanted):
    counts = collections.Counter()
    with grpc.insecure_channel("127.0.0.1:" + port) as channel:
        for method, times in zip(wanted[::2], wanted[1::2]):
            ask = channel.unary_unary("/shop.Cart/" + method)
            for i in range(int(times)):
                try:
                    ask(b"x" * (i % 50), timeout=20)
                    counts[method + " OK"] += 1
                except grpc.RpcError as e:
                    counts["%s %s" % (method, e.code().name)] += 1
    print(json.dumps(counts))


{"serve": serve, "call": call}[sys.argv[1]](*sys.argv[2:])
