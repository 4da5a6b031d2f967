export { shownText, type Span, spansOf, styleAfter } from './spans.js';
export { type Colour, PLAIN, type Style } from './style.js';
