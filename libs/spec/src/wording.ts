/** Messages of the spec and of its expressions speak alike. */
export { didYouMean, listed, nearest, shown } from '#expression';
