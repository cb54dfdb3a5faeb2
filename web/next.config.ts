import type { NextConfig } from "next"
import { PHASE_DEVELOPMENT_SERVER } from "next/constants"

const API = process.env.MODAL_API_URL ?? "http://127.0.0.1:3000"

/** `next build` writes static files for FastAPI; only `next dev` has a server, and it hands /api to FastAPI. */
export default function config(phase: string): NextConfig {
  const common: NextConfig = {
    trailingSlash: true, // out/training/index.html: a plain file server finds it
    reactStrictMode: true,
    images: { unoptimized: true },
    turbopack: { root: __dirname }, // otherwise a lock file in a parent folder makes that folder the root
  }
  if (phase === PHASE_DEVELOPMENT_SERVER) {
    return {
      ...common,
      skipTrailingSlashRedirect: true, // no 308 on /api/…
      compress: false, // gzip would hold back the event stream
      experimental: { proxyClientMaxBodySize: "4gb", proxyTimeout: 600_000 }, // else uploads are cut at 10 MB, then hang 30 s
      rewrites: async () => [{ source: "/api/:path*", destination: `${API}/api/:path*` }],
    }
  }
  return {
    ...common,
    output: "export",
    generateBuildId: async () => process.env.UI_BUILD_ID ?? "local", // the default is random: builds would never be equal
  }
}
