/** Swipes to the left and right on a touch screen. */

const MIN_DISTANCE = 50; // CSS pixels

/**
 * Call `act` with 1 for each swipe to the left (forward), and with -1 for each swipe to the right (back).
 *
 * @param {HTMLElement} target
 * @param {(direction: 1 | -1) => void} act
 */
export function onSwipe(target, act) {
  /** @type {number | null} */
  let start = null;
  const begin = (/** @type {TouchEvent} */ { touches: [first, second] }) => {
    start = first && !second ? first.clientX : null;
  };
  const end = (/** @type {TouchEvent} */ { changedTouches: [touch] }) => {
    if (start === null || !touch) return;
    const distance = touch.clientX - start;
    start = null;
    // In a zoomed page, a finger moves the visible part.
    if (Math.abs(distance) > MIN_DISTANCE && (visualViewport?.scale ?? 1) === 1) act(distance < 0 ? 1 : -1);
  };
  target.addEventListener("touchstart", begin, { passive: true });
  target.addEventListener("touchend", end);
}
