// Roles and states of people, and what they are called.

import type { User } from "palisade-client";

export type Role = User["role"];

/** Lowest first. */
const ROLES: [value: Role, name: string][] = [
  ["user", "User"],
  ["support", "Support"],
  ["admin", "Administrator"],
  ["super_admin", "Super-admin"],
];

export const roleChoices: [value: string, name: string][] = ROLES;

export const roleName = (role: Role) => ROLES.find(([value]) => value === role)?.[1] ?? role;

export const isRole = (value: unknown): value is Role => ROLES.some(([role]) => role === value);

/** The roles that somebody with this role may give. */
export const rolesBelow = (role: Role) => ROLES.slice(0, ROLES.findIndex(([value]) => value === role));

/** Whether somebody with this role may change a person with the other: of a lower rank, or both are super-admins. */
export const actsOn = (own: Role, other: Role) => own === "super_admin" || rolesBelow(own).some(([role]) => role === other);

export const stateName = ({ status, deletedAt }: User) => (deletedAt ? "Deleted" : status === "suspended" ? "Suspended" : "Active");
