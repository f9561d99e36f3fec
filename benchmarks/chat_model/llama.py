"""Run by the server's own Python: serve a GGUF file until this process is ended.

python llama.py FILE NAME PORT CONTEXT THREADS
"""

import signal
import sys

import xllamacpp

file, name, port, context, threads = sys.argv[1:]
options = xllamacpp.CommonParams()
options.model.path = file
options.model_alias = {name}
options.hostnames = ["127.0.0.1"]
options.port = int(port)
options.n_ctx = int(context)
options.n_parallel = 1
options.cpuparams.n_threads = options.cpuparams_batch.n_threads = int(threads)
# Prompts that were read, kept to go on from: by default up to 8 GB.
options.cache_ram_mib = 512
options.ui = False
server = xllamacpp.Server(options)
for ending in (signal.SIGINT, signal.SIGTERM):
    signal.signal(ending, lambda *_: sys.exit())
signal.pause()
