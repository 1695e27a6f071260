# The size of the instances of each function. The server in an instance handles up to 4 requests at a time for each CPU. More
# than one at a time needs a whole CPU. Memory is what `make bench` measured for the largest image, and a reserve.
locals {
  reading_size = { memory = "512Mi", concurrency = 4, timeout = 30 }

  sizes = {
    # A decode of 50 megapixels, the limit, takes 850 MiB. Only one runs at a time. With a second request it takes 930 MiB.
    upload  = { memory = "1Gi", concurrency = 2, timeout = 120 }
    inspect = { memory = "1Gi", concurrency = 2, timeout = 60 }

    # It has the original in memory while it removes the metadata.
    fetch  = { memory = "512Mi", concurrency = 4, timeout = 60 }
    list   = local.reading_size
    random = local.reading_size
    stats  = local.reading_size
    update = local.reading_size
    delete = { memory = "512Mi", concurrency = 4, timeout = 60 }

    # Tickets and the dropbox accept originals of 100 MiB, and a retry needs more time than the image itself.
    make-thumbnails = { memory = "2Gi", concurrency = 1, timeout = 300 }
    ingest-drop     = { memory = "2Gi", concurrency = 1, timeout = 300 }
    forget-image    = { memory = "512Mi", concurrency = 4, timeout = 60 }
  }

  # A new function works even if it has no size above.
  size = { for name in keys(local.functions) : name => lookup(local.sizes, name, local.reading_size) }
}
