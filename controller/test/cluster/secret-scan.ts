/** A JSON web token, as service accounts have them. */
const WEB_TOKEN = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]+/;

/**
 * Which of the secrets, by their names, are to be found in which of the texts: as they are or in base64 within whatever else; and where a
 * web token is, whosesoever. Empty when all was kept.
 */
export function findSecrets(
  texts: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(texts).flatMap(([place, text]) => [
    ...Object.entries(secrets)
      .filter(([, secret]) => formsOf(secret).some((form) => text.includes(form)))
      .map(([name]) => `${name} in ${place}`),
    ...(WEB_TOKEN.test(text) ? [`a web token in ${place}`] : []),
  ]);
}

/** Base64 of a longer text depends on where in it the secret begins, modulo three; the characters at both ends on what is beside it. */
function formsOf(secret: string): readonly string[] {
  const shifted = [0, 1, 2].map((before) => {
    const bytes = Buffer.from(secret).subarray((3 - before) % 3);
    return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
  });
  return [secret, ...shifted];
}
