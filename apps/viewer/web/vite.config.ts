import preact from '@preact/preset-vite';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// Asset addresses are relative, so that the page works under any path prefix: the server sets `<base href>`.
export default defineConfig({
  base: './',
  resolve: {
    alias: [{ find: /^#(.+)$/, replacement: fileURLToPath(new URL('../../../libs/$1/src/index.ts', import.meta.url)) }],
  },
  plugins: [preact({ devToolsEnabled: false })],
  build: {
    outDir: '../../../dist/apps/viewer/web',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox128', 'safari18'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
