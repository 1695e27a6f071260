// Child process: does the same as render.py, with sharp and its default options.
//   node sharp.mjs PHOTO FOLDER REPETITIONS WIDTH …

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

const [photo, folder, repetitions, ...widths] = process.argv.slice(2);
const data = readFileSync(photo);

sharp.concurrency(1); // the comparison uses one core

/** Render one width after the other. All at the same time would only need more memory. */
async function render() {
  const files = {};
  for (const width of widths) {
    files[width] = await sharp(data)
      .rotate()
      .resize({ width: Number(width) })
      .webp()
      .toBuffer();
  }
  return files;
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const peakKib = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);

for (const [width, file] of Object.entries(await render())) {
  writeFileSync(join(folder, `${width}.webp`), file);
}
const began = cpuSeconds();
for (let done = 0; done < Number(repetitions); done++) {
  await render();
}
const cpu = (cpuSeconds() - began) / Number(repetitions);
console.log(JSON.stringify({ cpu, peak_kib: peakKib(), version: sharp.versions.sharp }));
