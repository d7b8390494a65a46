// How numbers, times and kinds are written. The same words as gwtrace_core/values/text.py has.

export const MISSING = "n/a";
export const count = new Intl.NumberFormat("en-US");

/** @param {number} number */
const twoDigits = (number) => String(number).padStart(2, "0");

/**
 * A duration of `us` microseconds, by the rule of `duration_text` in gwtrace_core/values/text.py:
 * one duration reads alike in the tree and beside it.
 *
 * @param {number} us
 * @returns {string}
 */
export function durationText(us) {
  if (us < 0) return `−${durationText(-us)}`;
  if (us > 0 && us < 50) return "< 0.1 ms";
  if (us < 1000) return `${(Math.floor(us / 100 + 0.5) / 10).toFixed(1)} ms`;
  const ms = Math.floor(us / 1000);
  if (ms < 1000) return `${ms} ms`;
  if (ms < 59_995) {
    const hundredths = Math.floor((ms + 5) / 10);
    return `${Math.floor(hundredths / 100)}.${twoDigits(hundredths % 100)} s`;
  }
  const seconds = Math.floor((ms + 500) / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.floor((seconds + 30) / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.floor((minutes + 30) / 60);
  if (hours < 365 * 24) return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
  const tenths = Math.floor((hours * 10 + 4383) / 8766);
  return `${Math.floor(tenths / 10)}.${tenths % 10} years`;
}

/** @param {number | null} tokens Null if nobody reported them. */
export function tokenText(tokens) {
  if (tokens === null) return MISSING;
  if (tokens < 10_000) return count.format(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 99_950 ? 1 : 0)}k`;
  return `${(tokens / 1e6).toFixed(1)}M`;
}

/** @param {number} nanoUsd In units of 1e-9 USD. */
export function costText(nanoUsd) {
  const usd = nanoUsd / 1e9;
  if (usd === 0) return "$0";
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  if (usd >= 0.001) return `$${usd.toFixed(4)}`;
  return nanoUsd >= 1000 ? `$${usd.toFixed(6)}` : "< $0.000001";
}

/**
 * @param {number} number
 * @param {string} what In the singular; its plural ends in s.
 */
export function plural(number, what) {
  return `${count.format(number)} ${what}${number === 1 ? "" : "s"}`;
}

/** @param {string} kind As MLflow writes it, such as `CHAT_MODEL`. */
export function kindText(kind) {
  return kind.toLowerCase().replaceAll("_", " ");
}
