// Gives exported policies to ONNX Runtime's own Node.js package and compares the actions with those that our runtime took.
//   node check.mjs FOLDER     FOLDER holds NAME.onnx and NAME.json, as the tests write them.
// Prints a line a check, and at the end how many passed and failed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';

const tolerance = 1e-5;
const folder = process.argv[2];
let passed = 0;
let failed = 0;

function tell(what, problem) {
  if (problem) failed++;
  else passed++;
  console.log(`${problem ? 'failed' : 'passed'}  ${what}${problem ? `: ${problem}` : ''}`);
}

function difference(found, expected) {
  if (found.length !== expected.length) return `${found.length} numbers, ${expected.length} expected`;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs(Number(found[i]) - expected[i]);
    if (!(apart <= tolerance * Math.max(1, Math.abs(expected[i])))) return `entry ${i} is ${found[i]}, ${expected[i]} expected`;
  }
  return null;
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.onnx')).sort()) {
  const name = file.slice(0, -'.onnx'.length);
  try {
    const session = await ort.InferenceSession.create(join(folder, file));
    tell(`${name}: the first output is the action`, session.outputNames[0] === 'action' ? null : `it is ${session.outputNames[0]}`);
    for (const { batch, inputs, actions } of JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))) {
      const feeds = Object.fromEntries(inputs.map((input) => [input.name, new ort.Tensor('float32', Float32Array.from(input.data), input.dims)]));
      const results = await session.run(feeds);
      tell(`${name}: actions of ${batch} rows`, difference(results.action.data, actions));
      const broken = Object.entries(results).find(([, tensor]) => Array.from(tensor.data).some((value) => !Number.isFinite(Number(value))));
      tell(`${name}: all outputs of ${batch} rows are numbers`, broken ? `${broken[0]} is not` : null);
    }
  } catch (error) {
    tell(`${name}: runs`, error.message);
  }
}

if (passed + failed === 0) tell('policies', `none in ${folder}`);
console.log(`hosts: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
