interface Window {
  benchLanes: object;
  benchMarks: object;
}
