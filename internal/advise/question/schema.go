package question

// Version is the version of the questions. Raise it with every change of their texts or schemas: hunks that were read
// under an older one are read again.
const Version = "4"

// The schemas are written by hand: every key is required, no other is allowed, and "nothing" is null, as strict endpoints ask for.
const findSchema = `{
 "type": "object", "additionalProperties": false, "required": ["findings"],
 "properties": {"findings": {"type": "array", "items": {
  "type": "object", "additionalProperties": false,
  "required": ["file", "start_id", "end_id", "existing_code", "trigger", "message", "category", "severity", "claim", "fact_ids", "suggestion"],
  "properties": {
   "file": {"type": "string"},
   "start_id": {"type": "string"},
   "end_id": {"type": "string"},
   "existing_code": {"type": "string"},
   "trigger": {"type": "string"},
   "message": {"type": "string"},
   "category": {"type": "string", "enum": ["correctness", "security", "concurrency", "error_handling", "performance", "compatibility", "tests", "clarity"]},
   "severity": {"type": "string", "enum": ["low", "medium", "high"]},
   "claim": {"type": "string", "enum": ["none", "version", "compile", "missing_api", "no_tests"]},
   "fact_ids": {"type": "array", "items": {"type": "string"}},
   "suggestion": {"type": ["string", "null"]}
  }}}}
}`

const verifySchema = `{
 "type": "object", "additionalProperties": false, "required": ["judgements"],
 "properties": {"judgements": {"type": "array", "items": {
  "type": "object", "additionalProperties": false, "required": ["id", "evidence_ids", "reason", "keep"],
  "properties": {
   "id": {"type": "string"},
   "evidence_ids": {"type": "array", "items": {"type": "string"}},
   "reason": {"type": "string", "enum": ["real", "not_shown", "wrong", "intended", "handled", "style", "duplicate", "trivial"]},
   "keep": {"type": "boolean"}
  }}}}
}`

const summarySchema = `{
 "type": "object", "additionalProperties": false, "required": ["bullets", "risks", "order", "tests"],
 "properties": {
  "bullets": {"type": "array", "items": {
   "type": "object", "additionalProperties": false, "required": ["text", "file_ids", "fact_ids"],
   "properties": {"text": {"type": "string"}, "file_ids": {"type": "array", "items": {"type": "string"}}, "fact_ids": {"type": "array", "items": {"type": "string"}}}}},
  "risks": {"type": "array", "items": {
   "type": "object", "additionalProperties": false, "required": ["text", "file_ids", "fact_ids"],
   "properties": {"text": {"type": "string"}, "file_ids": {"type": "array", "items": {"type": "string"}}, "fact_ids": {"type": "array", "items": {"type": "string"}}}}},
  "order": {"type": "array", "items": {
   "type": "object", "additionalProperties": false, "required": ["file_id", "why"],
   "properties": {"file_id": {"type": "string"}, "why": {"type": "string"}}}},
  "tests": {"type": "array", "items": {
   "type": "object", "additionalProperties": false, "required": ["file_id", "function", "behaviour", "input", "expected", "fact_id", "skeleton"],
   "properties": {
    "file_id": {"type": "string"}, "function": {"type": "string"}, "behaviour": {"type": "string"}, "input": {"type": "string"},
    "expected": {"type": "string"}, "fact_id": {"type": "string"}, "skeleton": {"type": ["string", "null"]}}}}
 }
}`
