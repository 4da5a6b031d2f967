/** What package.json asks for. Below it the packages cannot be loaded at all. */
const OLDEST = [20, 19];

/** Why this Node cannot be used, or undefined. */
export const nodeProblem = (version = process.versions.node) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  return enough ? undefined : `Cairn needs Node ${OLDEST.join('.')} or later; this is ${version} (24 is recommended)`;
};
