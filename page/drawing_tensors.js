// Arrays to onnxruntime-web and back: {data, dims} by name, as networks are given them and as they are kept. Both workers run sessions so.
export async function outputsOf(session, inputs, Tensor) {
  const tensor = ({data, dims}) => new Tensor(data instanceof BigInt64Array ? 'int64' : 'float32', data, dims);
  const answer = await session.run(Object.fromEntries(session.inputNames.map(name => [name, tensor(inputs[name])])));
  return Object.fromEntries(Object.entries(answer).map(([name, {data, dims}]) => [name, {data, dims}]));
}

// What a network gave, if it is numbers.
export function finite(numbers) {
  if (!numbers.every(Number.isFinite)) throw new Error('A network gave no number.');
  return numbers;
}
