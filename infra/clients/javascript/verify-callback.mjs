/**
 * Checks that a callback or a webhook comes from the message queue: one file to copy, no packages.
 * Source: https://www.standardwebhooks.com/, the scheme v1.
 */

/** The message is not the queue's, or not of now: answer 401 and do nothing. */
export class NotGenuineError extends Error {
  name = "NotGenuineError";
}

/**
 * Return where the message is genuine, else throw NotGenuineError.
 *
 * A message may come more than once: webhook-id tells.
 * @param {Headers | Record<string, string | string[] | undefined>} headers
 * @param {Uint8Array | string} body what came, byte by byte, before anything parsed it
 * @param {string[]} secrets all that are valid now, as whsec_<base64>
 * @param {{ toleranceS?: number, nowS?: number }} [options]
 */
export async function verifyCallback(headers, body, secrets, { toleranceS = 300, nowS = Date.now() / 1_000 } = {}) {
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const named = new Map(pairs.map(([name, value]) => [name.toLowerCase(), String(value ?? "")]));
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((part) => named.get(`webhook-${part}`));
  if (!id || !signatures || !/^\d+$/.test(timestamp ?? "")) {
    throw new NotGenuineError("The webhook headers are not there, or not readable");
  }
  if (!(Math.abs(nowS - Number(timestamp)) <= toleranceS)) throw new NotGenuineError("The message is not of now");
  const signed = await new Blob([`${id}.${timestamp}.`, /** @type {BlobPart} */ (body)]).arrayBuffer();
  let isGenuine = false;
  for (const secret of secrets) {
    const key = await keyOf(secret);
    for (const signature of signatures.split(" ")) {
      // The platform compares in constant time, and all are compared, whatever came of the others.
      if (signature.startsWith("v1,")) {
        isGenuine = await crypto.subtle.verify("HMAC", key, bytesOf(signature.slice(3)), signed) || isGenuine;
      }
    }
  }
  if (!isGenuine) throw new NotGenuineError("The signature does not match");
}

/** @param {string} secret */
function keyOf(secret) {
  const raw = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (letter) => letter.charCodeAt(0));
  if (raw.length === 0) throw new Error("A secret is empty: everybody could sign with it");
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** @param {string} base64 what is no base64 is no signature either */
function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
