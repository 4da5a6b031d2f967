import { likelyImage } from './engine.js';

describe('the image for the sample', () => {
  it.each([
    [['node:22', 'busybox:1.36', 'alpine:3'], 'busybox:1.36'],
    [['example.org:5000/library/alpine:3', 'postgres:16'], 'example.org:5000/library/alpine:3'],
    [['debian:12', 'node:24'], 'debian:12'],
    [['my-busybox:1', 'postgres:16'], undefined],
    [[], undefined],
  ])('of %j is %s', (tags, image) => expect(likelyImage(tags)).toBe(image));
});
