/**
 * Two elements that show the photos of an image repository on any page:
 *
 *     <script type="module" src="https://PAGE/components.js"></script>
 *     <image-repo-gallery api="https://API" album="Holiday" limit="24"></image-repo-gallery>
 *     <image-repo-random api="https://API" tag="sea" width="640"></image-repo-random>
 *
 * docs/embedding.md describes their attributes, slots, parts, properties and events.
 *
 * They parse no markup, and add all style by script, so that they also work on pages with a strict content security
 * policy.
 */

import { Gallery } from "./gallery.js";
import { Random } from "./random.js";

for (const [name, component] of Object.entries({ "image-repo-gallery": Gallery, "image-repo-random": Random })) {
  if (!customElements.get(name)) customElements.define(name, component); // a page may load the script twice
}
