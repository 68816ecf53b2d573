/** The values an entry may hold: what RFC 8259 can write and RFC 8785 can order. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}
