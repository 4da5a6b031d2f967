/** Messages of the spec and of its expressions speak alike. */
export { didYouMean, listed, shown } from '#expression';
