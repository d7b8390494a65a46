interface Window {
  treeAlone: {
    answers: object[];
    draw: Function;
    remount: Function;
  };
}
