export { ErrorFinder, type FoundError, MOST_ERRORS } from './errors/error-finder.js';
export type { Severity } from './errors/recogniser.js';
export { DEEPEST_GROUP, type Group, GroupFinder, MOST_GROUPS } from './groups/group-finder.js';
export { fingerprintOf, normalised } from './fingerprint.js';
export type { Place } from './places/place.js';
export { type JoinedLine, LineJoiner, type LinePiece, LONGEST_JOINED } from './line-joiner.js';
export { type NamedPlace, placesIn } from './places/places-in.js';
export { shownText, type Span, spansOf, styleAfter } from './spans.js';
export { type Colour, PLAIN, type Style } from './style.js';
