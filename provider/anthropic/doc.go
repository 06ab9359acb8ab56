// Package anthropic asks models through Anthropic's Messages API, with
// Anthropic's own SDK (https://docs.anthropic.com/en/api/messages), one by one or
// in batches.
//
// It makes one attempt a call. Retries, limits and keys are the business of
// the package provider.
package anthropic
