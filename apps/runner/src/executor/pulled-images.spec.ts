import { imagesToDrop } from './pulled-images.js';

const images = [
  { image: 'old', size: 10, usedAt: 1 },
  { image: 'new', size: 10, usedAt: 3 },
  { image: 'middle', size: 30, usedAt: 2 },
];

describe('images to drop', () => {
  it.each([
    [50, []],
    [49, ['old']],
    [40, ['old']],
    [39, ['old', 'middle']],
    [9, ['old', 'middle', 'new']],
  ])('for a limit of %i are as few as can be, those not used for longest', (limit, expected) =>
    expect(imagesToDrop(images, limit)).toEqual(expected),
  );
});
