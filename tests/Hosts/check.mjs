// Gives exported policies to ONNX Runtime's own Node.js package and compares the actions with those that our runtime took.
//   node check.mjs FOLDER     FOLDER holds NAME.onnx and NAME.json, as the tests write them.
// A case lists inputs and, in the file's order, outputs. Those with data are compared: as they are, or as the host reads a row, whose blocks are numbers, scores of
// which it takes the largest's place, and what it skips. Those without are drawn at random: where there are limits every number is below its column's.
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

function read(data, blocks) {
  const width = blocks.reduce((sum, [, n]) => sum + n, 0);
  const read = [];
  for (let start = 0; start < data.length; start += width) {
    let at = start;
    for (const [kind, n] of blocks) {
      const block = Array.from(data.slice(at, at + n));
      if (kind === 'numbers') read.push(...block);
      if (kind === 'scores') read.push(block.indexOf(Math.max(...block)));
      at += n;
    }
  }
  return read;
}

function outside(data, limits) {
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (!(value >= 0 && value < limits[i % limits.length])) return `entry ${i} is ${value}, below ${limits[i % limits.length]} expected`;
  }
  return null;
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.onnx')).sort()) {
  const name = file.slice(0, -'.onnx'.length);
  try {
    const session = await ort.InferenceSession.create(join(folder, file));
    const cases = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const first = cases[0].outputs[0].name;
    tell(`${name}: the first output is ${first}`, session.outputNames[0] === first ? null : `it is ${session.outputNames[0]}`);
    for (const { batch, inputs, outputs } of cases) {
      const feeds = Object.fromEntries(inputs.map((input) => [input.name, new ort.Tensor('float32', Float32Array.from(input.data), input.dims)]));
      const results = await session.run(feeds);
      for (const { name: output, data, blocks, limits } of outputs) {
        const said = blocks ? read(results[output].data, blocks) : results[output].data;
        if (data) tell(`${name}: ${output} of ${batch} rows`, difference(said, data));
        if (limits) tell(`${name}: ${output} drawn for ${batch} rows`, outside(said, limits));
      }
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
