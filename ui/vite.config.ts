// One page a file here: docs.html becomes /docs, and index.html, once there is a dashboard, every other page.
import { defineConfig } from "vite";
import { licences } from "./build/licences";
import { precompress } from "./build/precompress";

// `npm run dev` shows the pages with a node's API behind them: API=http://127.0.0.1:8000 is that of `./dev run`.
const api = process.env.API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [licences(), precompress()],
  build: {
    target: "es2022",
    // Inlined files would be `data:` URLs, which the page's Content-Security-Policy refuses for all but images.
    assetsInlineLimit: 0,
    // The viewer of /docs is one piece of 1.7 MB, loaded by that page only.
    chunkSizeWarningLimit: 2500,
    rollupOptions: { input: { docs: "docs.html" } },
  },
  server: { proxy: { "/api": { target: api, ws: true, changeOrigin: true } } },
});
