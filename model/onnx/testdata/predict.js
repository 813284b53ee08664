// Runs an ONNX file over rows of float32 and prints one line a row: probability and label.
// usage: node predict.js PATH_OF_ONNXRUNTIME_NODE MODEL.onnx ROWS.f32 WIDTH
'use strict';
const fs = require('fs');
const [, , runtime, model, rows, width] = process.argv;
const ort = require(require('path').resolve(runtime));

async function main() {
  const session = await ort.InferenceSession.create(model);
  const bytes = fs.readFileSync(rows);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const input = new ort.Tensor('float32', values, [values.length / width, Number(width)]);
  const { probability, label } = await session.run({ features: input });
  const lines = Array.from(probability.data, (p, i) => `${p} ${label.data[i]}`);
  process.stdout.write(lines.join('\n') + '\n');
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
