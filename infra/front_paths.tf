# The routes of the load balancer. The first rule that matches decides. So an alias without a variable comes before those with one
# (/image/list is not the id of an image). The rules for single methods come before the one for all other methods (OPTIONS, and
# those that get a 405).
locals {
  # A template that rewrites must have a variable. So a path without a variable is matched and replaced as a whole.
  aliases = [
    for route in local.table.routes : {
      function = route.function
      methods  = route.methods
      variable = strcontains(route.alias, "{")
      path     = replace(route.alias, "/\\{(\\w+)\\}/", "{$1=*}")
      rewrite  = route.path
    } if route.alias != null
  ]
  alias_rules = flatten([
    for variable in [false, true] : concat(
      [for alias in local.aliases : alias if alias.variable == variable],
      [
        for same in values({ for alias in local.aliases : alias.path => alias... if alias.variable == variable }) :
        merge(same[0], { methods = [] })
      ],
    )
  ])

  # Ids, spelled out so that a plan shows the backend of each path.
  backends = "projects/${var.project}/global"
  backend_of = {
    for name, service in google_compute_backend_service.function : name => "${local.backends}/backendServices/${service.name}"
  }
}

resource "google_compute_url_map" "front" {
  count = length(local.front)

  name = "${var.name}-front"

  # Redirects requests with another host name to the domain. They use HTTPS already, and https_redirect is not permitted here.
  default_url_redirect {
    host_redirect          = var.domain
    redirect_response_code = "PERMANENT_REDIRECT"
    strip_query            = false
  }

  host_rule {
    hosts        = local.front
    path_matcher = "front"
  }

  path_matcher {
    name            = "front"
    default_service = "${local.backends}/backendBuckets/${google_compute_backend_bucket.page[0].name}"

    route_rules {
      priority = 1
      service  = "${local.backends}/backendBuckets/${google_compute_backend_bucket.renditions[0].name}"
      match_rules { prefix_match = "/renditions/" }
      route_action {
        url_rewrite { path_prefix_rewrite = "/" }
      }
    }

    # A function gets its own paths unchanged, with every method.
    dynamic "route_rules" {
      for_each = keys(local.http)
      iterator = rule
      content {
        priority = 100 + rule.key
        service  = local.backend_of[rule.value]
        match_rules { full_path_match = "/${rule.value}" }
        match_rules { prefix_match = "/${rule.value}/" }
      }
    }

    dynamic "route_rules" {
      for_each = local.alias_rules
      iterator = rule
      content {
        priority = 200 + rule.key
        service  = local.backend_of[rule.value.function]

        dynamic "match_rules" {
          for_each = length(rule.value.methods) == 0 ? [null] : rule.value.methods
          iterator = method
          content {
            full_path_match     = rule.value.variable ? null : rule.value.path
            path_template_match = rule.value.variable ? rule.value.path : null
            dynamic "header_matches" {
              for_each = method.value[*]
              content {
                header_name = ":method"
                exact_match = header_matches.value
              }
            }
          }
        }

        route_action {
          url_rewrite {
            path_prefix_rewrite   = rule.value.variable ? null : rule.value.rewrite
            path_template_rewrite = rule.value.variable ? rule.value.rewrite : null
          }
        }
      }
    }
  }
}
