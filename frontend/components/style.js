/** The style of the components, except the layout of justified rows. */

const COMPONENT_CSS = `
  :host { display: block }
  :host([hidden]), [hidden], :host(:not([captions])) figcaption, :host([grid]) ul::after { display: none }
  ul { gap: var(--image-repo-gap, 0.6rem); margin: 0; padding: 0; list-style: none }
  [part="photo"], figure { --shape: var(--image-repo-shape, var(--own-shape)); margin: 0 }

  /* The attribute "grid": cells of one size instead of rows. */
  :host([grid]) ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(var(--row), 100%), 1fr)) }
  :host([grid]) :is(li, figure) { --shape: var(--image-repo-shape, 1); max-inline-size: none }

  a { display: block; position: relative; overflow: clip; aspect-ratio: var(--shape); outline-offset: 2px }
  a, button { border-radius: var(--image-repo-radius, 6px); color: inherit }
  a { background: rgb(128 128 128 / 18%) }
  img { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; object-fit: cover }
  [part="placeholder"] { margin: -20px; width: calc(100% + 40px); height: calc(100% + 40px); filter: blur(9px) }
  figcaption { margin-block: 0.35rem 0.25rem; font-size: 0.9em; line-height: 1.35; overflow-wrap: anywhere }

  [part="message"]:not(:empty) { padding-block: 0.75rem; text-align: center; overflow-wrap: anywhere }
  div[aria-busy="true"]:empty { aspect-ratio: var(--image-repo-shape, auto) } /* keeps room for a random photo */
  button { display: block; min-block-size: 2.75rem; margin: 1rem auto 0; padding: 0.4rem 1.2rem; cursor: pointer }
  button { max-inline-size: 100%; border: 1px solid rgb(128 128 128); background: transparent; font: inherit }
  button:hover { background: rgb(128 128 128 / 15%) }
  [aria-busy="true"] ~ button { opacity: 0.6 }
`;

export function componentSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(COMPONENT_CSS);
  return sheet;
}
