"use client";
export default function Failed() {
  return <p>Try again</p>;
}
