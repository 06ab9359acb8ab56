// Package standin holds the stand-ins: scripted actors in place of language
// models. A stand-in plays in each trial one of the performances of the trial's
// world, a harmful, a benign or a mixed one, with a stated probability. It is
// for demonstrations, tests and planning, and nothing that it does is a
// finding about a model; so every reply of a stand-in bears a name that
// [turncoat.IsStandIn] recognises.
//
// The names of stand-ins are
//
//   - those of the paper's sixteen models, such as claude-opus-4, whose
//     probabilities [Probability] states, each with its source;
//   - rate-0.30 and the like, which play harmful with that probability anywhere;
//   - judge, which says truly what a stand-in played in a trial, as a judge and
//     as an annotator, and judge-0.90-0.95 and the like, which err with a stated
//     sensitivity and specificity.
//
// Where they are to say what they take their situation for (notice=consider),
// they do so first, with stated shares, and then play by what they have stated.
//
// What a stand-in plays is drawn from the trial's ID and its own name alone. So
// the same trial gets the same reply in process ([New]) and over the vendors'
// wire protocols ([NewServer]), today and in a year.
//
// An actor without a mind must be told which play it is in: by the request's
// Cue in process, and by the header Turncoat-Cue over the wire, which
// [Transport] adds and no real service is ever sent.
//
// The package knows neither scenarios nor providers. Worlds and the way in
// which actions are written are given to it.
package standin
