/// The small world: a generated town, Machi, whose every fact is known, so that what a model knows can be measured.
///
/// A [Town] is a pure function of [TownSettings]. It has people (street, job, pet, dish, hobby) and shops (goods, sign,
/// tram line). Its [Corpus] is for pretraining, its questions are for evaluation, its desk pairs for tuning.
///
/// **What is known by design.** Documented entities (two in five) appear in prose and in question-answer documents.
/// All others appear in prose only, and each of their facts is drawn to be told as it is, told falsely but
/// consistently, or never told. This replaces the confidence probe of Ren et al. 2024 (arXiv 2402.18243) by an
/// experiment: knowledge, misbelief and ignorance are assigned, not guessed. Entities, not facts, are split into
/// tuning, development and test; the shares hold within persons and shops, statuses within each relation and split, so
/// no group differs from another in anything but its assignment.
///
/// **Why the corpus looks as it does.** A fact is retrieved after tuning only if it was told in many ways, in changing
/// order, with the full name beside it (Allen-Zhu and Li 2023, arXiv 2309.14316). So each relation has eight
/// paraphrases (one with the value before the name), a document tells a random handful of facts of one entity, and
/// every telling is drawn afresh. Every told fact is told exactly as often as every other, so exposure explains no
/// difference. Documents are shuffled over the whole corpus; blocks of one entity would be forgotten. Question-answer
/// documents, about a tenth, teach how asking works; without them the knowledge is there but a few dozen pairs cannot
/// bring it out. Questions without an answer in dialogues keep the untuned model from answering unasked, so there is
/// something left for tuning to teach. Documents end without a line break, often right after an answer: a
/// model that sees its end token there learns to stop.
///
/// **Question forms.** Each relation has three kinds of wording ([FormKind]). *Tuned* forms are in question-answer
/// documents, in pairs and in evaluation; *familiar* forms only in pretraining; *new* forms in no document
/// and no pair, so a score on them measures understanding, not recognition. A new form still holds its relation's key
/// word. Values of different relations share no value, and no other sentence holds a value: an answer
/// can come from the told fact alone. A guess is right once in twenty-four.
///
/// **Language is data.** Names, values, paraphrases, forms and genres lie in text files beside this package, read by
/// [Lexicon]: sections in brackets, one entry a line. All is plain ASCII; values that take an article
/// begin with consonants so that "a" is always right; nobody is he or she, so every sentence carries the name.
///
/// **Randomness** is our own SplitMix64, keyed by seed, purpose and index: the same town on every machine and JDK,
/// and a change in one part leaves the draws of the others alone. This package uses neither engine nor tokenizer.
@NullMarked
package minarai.lab.town;

import org.jspecify.annotations.NullMarked;
