// Package scenario makes worlds: a scenario folder, a condition and a world
// seed give a [turncoat.World], and the same three give the same bytes, for
// ever.
//
// The folder's format is documented in docs/scenarios.md. [Load] reads a
// folder, [Lint] explains everything that is wrong with one, and [Library]
// holds the embedded scenarios together with folders of the user's own.
//
// What an agent does in a world is the business of package world, and how it is
// shown to a model that of package agent.
package scenario
