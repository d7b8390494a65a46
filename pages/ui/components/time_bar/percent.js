// How a share of the time is written. No document in here.

/** @param {number} share Of the whole, 0 to 1. */
export function percentText(share) {
  const whole = Math.round(share * 100);
  return whole === 0 && share > 0 ? "< 1%" : `${whole}%`;
}
