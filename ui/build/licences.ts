// A Vite plugin: puts the licences of what is bundled into the build, as they ask for.
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const BUNDLED = [
  ["swagger-ui (/docs)", ["swagger-ui-dist/NOTICE", "swagger-ui-dist/LICENSE", "swagger-ui-dist/swagger-ui-es-bundle.js.LICENSE.txt"]],
] as const;

export function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const texts = BUNDLED.map(([name, files]) =>
        [`=== ${name} ===`, ...files.map((file) => readFileSync(`node_modules/${file}`, "utf8"))].join("\n\n"));
      this.emitFile({ type: "asset", fileName: "licences.txt", source: texts.join("\n\n") });
    },
  };
}
