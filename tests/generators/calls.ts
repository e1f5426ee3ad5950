// What a user of the generated client writes: the codes of an error narrow here, too.
import { getUsers, postAuthLogin } from "./made/client";

export async function signsIn(email: string, password: string): Promise<string> {
  const answer = await postAuthLogin({ email, password });
  switch (answer.status) {
    case 200:
      return answer.data.data.user.email;
    case 401:
      return answer.data.error.code satisfies "INVALID_CREDENTIALS";
    case 429:
      return answer.data.error.code satisfies "RATE_LIMITED";
    default:
      return answer.data.error.message;
  }
}

export async function lists(): Promise<string | null> {
  const answer = await getUsers({ limit: 100, role: "admin" });
  return answer.status === 200 ? answer.data.meta.page.nextCursor : answer.data.error.code;
}
