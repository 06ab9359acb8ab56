// Package openai asks models through OpenAI's two APIs, Responses and Chat
// Completions, one by one or in batches, with OpenAI's own SDK
// (https://platform.openai.com/docs/api-reference). With a base URL, the latter
// serves every service that calls itself compatible.
//
// It makes one attempt a call. Retries, limits and keys are the business of
// the package provider.
package openai
