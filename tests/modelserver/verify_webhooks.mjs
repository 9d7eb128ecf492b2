// Reads lines {secret, headers, body} on standard input and says of each what the package
// `standardwebhooks` says of it: "ok", or why not. Nobody of this project wrote that package.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  let verdict = "ok";
  try {
    new Webhook(secret).verify(body, headers);
  } catch (error) {
    verdict = error.message;
  }
  console.log(JSON.stringify(verdict));
}
