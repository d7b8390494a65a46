/** What Streamlit's components v2 hand to the function that a component's script exports.
 *
 * It is called when the component is drawn first and whenever its data has changed; what it returned
 * last is called when the component leaves the page. Its HTML stays the same meanwhile.
 */
export interface Mount<Data, State extends object = Record<string, never>> {
  data: Data;
  parentElement: ParentNode & Node;
  setStateValue<Name extends keyof State & string>(name: Name, value: State[Name]): void;
}
