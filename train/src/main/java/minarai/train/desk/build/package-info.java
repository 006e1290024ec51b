/// Sets of pairs made from something else: from labelled data, from ordinary text, from a model, from other sets.
///
/// Decisions and their reasons:
/// - **What is chosen follows from ids and a seed**, by keyed hashes, never from a stream of random numbers: a row
///   more or less changes no other choice.
/// - **A model is asked through [Teacher][minarai.train.desk.build.Teacher]**, texts to texts, so that what is built
///   is the same with any model, and tests need none.
/// - **Templates are ours and few**, ten for a kind of task, English and Japanese; a file of one's own takes their
///   place. Several wordings of one task are what makes a model follow new ones (Wei et al. 2021, section 2).
/// - **Self-instruct keeps the published filters** (Wang et al. 2022, section 3.1 and the code that came with it): a
///   ROUGE-L above 0.7 to any task kept so far, fewer than 3 or more than 150 words, words for what a text cannot do, a
///   beginning that is no letter. In Japanese a word is a character, so the bounds count two and a half characters as
///   one word.
/// - **Difficulty is a ratio of losses**, the answer's with its question over the answer's alone (Li et al. 2023, eq.
///   3): near or above 1 the question does not help, so that the pair is misfit or noise; low values are learned
///   already. The hardest below 1 are kept.
/// - **Diversity is k-centre greedy**: each next row is the one farthest from all chosen, by the grams of its question
///   (Sener and Savarese 2018, algorithm 1).
/// - **A mixture is printed as it came out**, not as it was asked for: sources run dry.
@NullMarked
package minarai.train.desk.build;

import org.jspecify.annotations.NullMarked;
