# Which path goes where. The first rule that fits decides, so an alias without a variable stands before those with one
# (/image/list is no image's id), and the rule for all other methods (OPTIONS, and what gets a 405) after those for each.
locals {
  function_rules = [
    for name in keys(local.http) : { function = name, matches = ["/${name}", "/${name}/**"], methods = [], rewrite = null }
  ]

  aliases = [
    for route in local.table.routes : {
      function = route.function
      matches  = [replace(route.alias, "/\\{(\\w+)\\}/", "{$1=*}")]
      methods  = route.methods
      rewrite  = route.path
      variable = strcontains(route.alias, "{")
    } if route.alias != null
  ]
  alias_rules = flatten([
    for variable in [false, true] : concat(
      [for alias in local.aliases : alias if alias.variable == variable],
      [
        for first in values({ for alias in local.aliases : alias.matches[0] => alias... if alias.variable == variable }) :
        merge(first[0], { methods = [] })
      ],
    )
  ])

  front_rules = concat(local.function_rules, local.alias_rules)
}

resource "google_compute_url_map" "front" {
  count = length(local.front)

  name = "${var.name}-front"

  # Whoever calls the address by another name is sent to the right one.
  default_url_redirect {
    host_redirect          = var.domain
    https_redirect         = true
    redirect_response_code = "PERMANENT_REDIRECT"
    strip_query            = false
  }

  host_rule {
    hosts        = local.front
    path_matcher = "front"
  }

  path_matcher {
    name            = "front"
    default_service = google_compute_backend_bucket.page[0].id

    route_rules {
      priority = 1
      service  = google_compute_backend_bucket.renditions[0].id
      match_rules { path_template_match = "/renditions/{name=**}" }
      route_action {
        url_rewrite { path_template_rewrite = "/{name}" }
      }
    }

    dynamic "route_rules" {
      for_each = local.front_rules
      iterator = rule
      content {
        priority = rule.key + 2
        service  = google_compute_backend_service.function[rule.value.function].id

        dynamic "match_rules" {
          for_each = setproduct(rule.value.matches, length(rule.value.methods) == 0 ? [null] : rule.value.methods)
          content {
            path_template_match = match_rules.value[0]
            dynamic "header_matches" {
              for_each = match_rules.value[1][*]
              content {
                header_name = ":method"
                exact_match = header_matches.value
              }
            }
          }
        }

        dynamic "route_action" {
          for_each = rule.value.rewrite[*]
          content {
            url_rewrite { path_template_rewrite = route_action.value }
          }
        }
      }
    }
  }
}
