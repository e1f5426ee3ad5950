import { Suspense } from "react";
import { requirePermission } from "../../session";

export default function Reports() {
  return (
    <Suspense>
      <Report />
    </Suspense>
  );
}

async function Report() {
  const { permissions } = await requirePermission("USER_READ");
  return <p id="report">{permissions.length} permissions</p>;
}
