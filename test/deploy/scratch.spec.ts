import { localBaseImage } from './local-base.js';
it('x', async () => {
  console.log(await localBaseImage());
}, 600000);
