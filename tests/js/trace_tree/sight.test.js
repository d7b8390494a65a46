import assert from "node:assert/strict";
import { test } from "node:test";
import {
  listHeight,
  mountedPlaces,
  MOST_ROWS,
  pageOf,
  ROW_HEIGHT,
  seenPlaces,
  STACKED_ROW_HEIGHT,
  topFor,
} from "#components/trace_tree/sight.js";

const sight = { top: 0, height: 324, axis: 24, rowHeight: 30 };

test("what is in sight and a few rows more are in the document, and nothing else", () => {
  assert.deepEqual(mountedPlaces(sight, 10_000), { first: 0, end: 28 });
  assert.deepEqual(mountedPlaces({ ...sight, top: 3000 }, 10_000), { first: 92, end: 120 });
  assert.deepEqual(mountedPlaces({ ...sight, top: 9_999 * 30 }, 10_000), { first: 9991, end: 10_000 });
  assert.deepEqual(mountedPlaces(sight, 3), { first: 0, end: 3 });
  assert.deepEqual(mountedPlaces(sight, 0), { first: 0, end: 0 });
});

test("however high and far scrolled, at most sixty rows are in it, and all that can be seen", () => {
  for (const rowHeight of [ROW_HEIGHT, STACKED_ROW_HEIGHT]) {
    for (const most of [60, 420, 1000, 1679, 5000]) {
      const height = listHeight(50_000, most, { axis: 24, rowHeight });
      for (let top = 0; top < 50_000 * rowHeight - height; top += 7919) {
        const scrolled = { top, height, axis: 24, rowHeight };
        const mounted = mountedPlaces(scrolled, 50_000);
        const seen = seenPlaces(scrolled, 50_000);
        assert.ok(mounted.end - mounted.first <= MOST_ROWS);
        assert.ok(mounted.first <= seen.first && seen.end <= mounted.end, JSON.stringify(scrolled));
      }
    }
  }
});

test("a row counts as following until it can be seen whole", () => {
  assert.deepEqual(seenPlaces(sight, 500), { first: 0, end: 10, below: 490 });
  assert.deepEqual(seenPlaces({ ...sight, top: 10 }, 500), { first: 0, end: 11, below: 490 });
  assert.deepEqual(seenPlaces({ ...sight, top: 30 }, 500), { first: 1, end: 11, below: 489 });
  assert.deepEqual(seenPlaces({ ...sight, top: 14_699.4 }, 500).below, 0);
  assert.deepEqual(seenPlaces(sight, 3).below, 0);
});

test("a row is brought into sight by the shortest way", () => {
  assert.equal(topFor({ ...sight, top: 600 }, 25, false), 600);
  assert.equal(topFor({ ...sight, top: 600 }, 19, false), 570);
  assert.equal(topFor({ ...sight, top: 600 }, 30, false), 630);
});

test("a row far away comes to the middle, and one that is in sight stays where it is", () => {
  assert.equal(topFor({ ...sight, top: 600 }, 100, true), 3000 - 135);
  assert.equal(topFor({ ...sight, top: 600 }, 25, true), 600);
});

test("a list takes the height that it needs, at most what it may, and never less than three rows", () => {
  const heights = [0, 1, 6, 500].map((size) => listHeight(size, 420, sight));
  assert.deepEqual(heights, [90, 90, 204, 420]);
  assert.equal(listHeight(500, 5000, sight), 56 * 30);
  assert.equal(listHeight(500, -20, sight), 90);
});

test("a page key moves by what is in sight, less what one wants to see again", () => {
  assert.deepEqual([pageOf(sight), pageOf({ ...sight, height: 60 })], [8, 1]);
});
