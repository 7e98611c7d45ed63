// Evaluates every expression on stdin (a JSON list) on the document named; prints a JSON list of results, `null` where it failed.
const fs = require('node:fs');
const fhirpath = require('fhirpath');
const r4 = require('fhirpath/fhir-context/r4');

const document = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
// Dates, times and quantities are objects of its own.
const plain = (value) => (value?.constructor?.name.startsWith('FP_') ? value.toString() : value);
const evaluate = (expression) => {
  try {
    return fhirpath.evaluate(document, expression, {}, r4).map(plain);
  } catch {
    return null;
  }
};
process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).map(evaluate)));
