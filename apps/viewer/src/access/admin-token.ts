import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Compares without telling by its duration how much of the text is right. */
export const sameText = (given: string, wanted: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(digest(given), digest(wanted));
};

/** A key for one purpose; it does not tell the token. */
export const derivedKey = (token: string, purpose: string): Buffer =>
  createHmac('sha256', token).update(`cairn viewer ${purpose}`).digest();
