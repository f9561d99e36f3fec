"""From a question and passages to an answer whose every sentence has its footnote."""
