# What an instance of each function has. The server in it answers 4 requests at a time for each CPU; more than one at a
# time needs a whole CPU. Memory is what `make bench` measured for the largest image, with room to spare.
locals {
  reading_size = { memory = "512Mi", concurrency = 4, timeout = 30 }

  sizes = {
    # A decode at the limit of 50 megapixels takes 850 MiB, and only one runs at a time; with a request beside it, 930.
    upload  = { memory = "1Gi", concurrency = 2, timeout = 120 }
    inspect = { memory = "1Gi", concurrency = 2, timeout = 60 }

    # Holds the original while its metadata is taken out.
    fetch  = { memory = "512Mi", concurrency = 4, timeout = 60 }
    list   = local.reading_size
    random = local.reading_size
    stats  = local.reading_size
    update = local.reading_size
    delete = { memory = "512Mi", concurrency = 4, timeout = 60 }

    # Originals of 100 MiB come by ticket and dropbox, and a retry needs more time than the image took.
    make-thumbnails = { memory = "2Gi", concurrency = 1, timeout = 300 }
    ingest-drop     = { memory = "2Gi", concurrency = 1, timeout = 300 }
    forget-image    = { memory = "512Mi", concurrency = 4, timeout = 60 }
  }

  # A new function runs before anybody has thought of its size.
  size = { for name in keys(local.functions) : name => lookup(local.sizes, name, local.reading_size) }
}
