// Package provider leads from a model's name to a client that is ready to be
// asked: with its key from the environment, its limit on calls at the same
// time, its time limit, and its retries.
//
// A name is provider/name. What each provider speaks and which variables it
// reads is in vendors.go, and in docs/models.md for people. The protocols are
// in the packages anthropic, openai and standin; this one knows no wire format.
package provider
