// Passkeys, which browsers give to scripts only, and small help on the pages of
// signing in. A form [data-passkey="get"|"create"] fetches its question from
// data-options, lets the browser answer it and sends the answer as its field
// "answer": what follows is an ordinary page.

import { once } from "./page";

export function signInHelp(root: ParentNode): void {
  for (const form of once<HTMLFormElement>(root, "form[data-passkey]")) {
    passkeys(form);
  }
  for (const box of once<HTMLInputElement>(root, "input[data-peek]")) {
    peek(box);
  }
  for (const field of once<HTMLInputElement>(root, "input[data-from-fragment]")) {
    fromFragment(field);
  }
}

function passkeys(form: HTMLFormElement): void {
  const says = form.querySelector<HTMLElement>("[data-passkey-says]");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const answer = form.querySelector<HTMLInputElement>("input[name=answer]");
  if (says === null || button === null || answer === null) {
    return;
  }
  const say = (word: string): void => {
    says.textContent = says.dataset[word] ?? word;
    says.classList.toggle("bad", word !== "busy" && word !== "");
  };
  if (typeof PublicKeyCredential === "undefined" || !("credentials" in navigator)) {
    button.disabled = true;
    say("unsupported");
    return;
  }
  form.addEventListener("submit", (event) => {
    if (answer.value !== "") {
      return; // the answer is on its way
    }
    event.preventDefault();
    button.disabled = true;
    say("busy");
    ask(form)
      .then((text) => {
        answer.value = text;
        form.submit();
      })
      .catch((error: unknown) => {
        button.disabled = false;
        say(wordFor(error));
        says.scrollIntoView({ block: "nearest" });
      });
  });
}

/** Refused is what the server says, in the reader's words. */
class Refused extends Error {}

function wordFor(error: unknown): string {
  if (error instanceof Refused) {
    return error.message;
  }
  if (error instanceof DOMException) {
    switch (error.name) {
      case "NotAllowedError":
      case "AbortError":
        return "cancelled";
      case "InvalidStateError":
        return "known";
      case "NotSupportedError":
        return "unsupported";
    }
  }
  return "failed";
}

async function ask(form: HTMLFormElement): Promise<string> {
  const token = form.querySelector<HTMLInputElement>("input[name=token]")?.value ?? "";
  const response = await fetch(form.dataset["options"] ?? "", {
    method: "POST",
    body: new URLSearchParams({ token }),
    headers: { Accept: "application/json" },
  });
  if (!response.ok || !(response.headers.get("Content-Type") ?? "").startsWith("application/json")) {
    const text = (response.headers.get("Content-Type") ?? "").startsWith("text/plain") ? await response.text() : "failed";
    throw new Refused(text);
  }
  const options = (await response.json()) as { publicKey: Question };
  const credential =
    form.dataset["passkey"] === "create"
      ? await navigator.credentials.create({ publicKey: forCreation(options.publicKey) })
      : await navigator.credentials.get({ publicKey: forRequest(options.publicKey) });
  if (!(credential instanceof PublicKeyCredential)) {
    throw new DOMException("nothing was chosen", "NotAllowedError");
  }
  return JSON.stringify(written(credential));
}

/** What the server asks, with bytes written as base64url. */
interface Question {
  challenge: string;
  user?: { id: string; name: string; displayName: string };
  allowCredentials?: Named[];
  excludeCredentials?: Named[];
}

interface Named {
  id: string;
  type: PublicKeyCredentialType;
  transports?: AuthenticatorTransport[];
}

function named(list: Named[] | undefined): PublicKeyCredentialDescriptor[] {
  return (list ?? []).map((n) => ({ ...n, id: bytes(n.id) }));
}

function forCreation(q: Question): PublicKeyCredentialCreationOptions {
  const user = q.user ?? { id: "", name: "", displayName: "" };
  return {
    ...(q as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytes(q.challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: named(q.excludeCredentials),
  };
}

function forRequest(q: Question): PublicKeyCredentialRequestOptions {
  return {
    ...(q as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytes(q.challenge),
    allowCredentials: named(q.allowCredentials),
  };
}

/** The credential as JSON; not every browser has toJSON. */
function written(c: PublicKeyCredential): object {
  const r = c.response;
  const common = {
    id: c.id,
    rawId: text(c.rawId),
    type: c.type,
    authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    clientExtensionResults: c.getClientExtensionResults(),
  };
  if (r instanceof AuthenticatorAttestationResponse) {
    return {
      ...common,
      response: {
        clientDataJSON: text(r.clientDataJSON),
        attestationObject: text(r.attestationObject),
        transports: typeof r.getTransports === "function" ? r.getTransports() : [],
      },
    };
  }
  const a = r as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON: text(a.clientDataJSON),
      authenticatorData: text(a.authenticatorData),
      signature: text(a.signature),
      userHandle: a.userHandle === null ? undefined : text(a.userHandle),
    },
  };
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  const out = new Uint8Array(plain.length);
  for (let i = 0; i < plain.length; i++) {
    out[i] = plain.charCodeAt(i);
  }
  return out;
}

function text(buffer: ArrayBuffer): string {
  let plain = "";
  for (const b of new Uint8Array(buffer)) {
    plain += String.fromCharCode(b);
  }
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Shows what is typed into the fields that a box names. */
function peek(box: HTMLInputElement): void {
  const fields = (box.dataset["peek"] ?? "")
    .split(" ")
    .map((id) => document.getElementById(id))
    .filter((f) => f instanceof HTMLInputElement);
  const show = (): void => {
    for (const field of fields) {
      field.type = box.checked ? "text" : "password";
    }
  };
  box.addEventListener("change", show);
  // What is sent is a password, so that the browser may offer to keep it.
  box.form?.addEventListener("submit", () => {
    box.checked = false;
    show();
  });
}

/**
 * The code of a slip stands behind #, where no server's log sees it. It is taken
 * out of the address, so that nobody finds it in the history.
 */
function fromFragment(field: HTMLInputElement): void {
  const code = decodeURIComponent(location.hash.slice(1)).trim();
  if (!/^[0-9A-Za-z -]{10,100}$/.test(code)) {
    return;
  }
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
}
