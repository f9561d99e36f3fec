"""The chain as a LangChain tool, and the code of docs/langchain.md as it stands there."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

import rag
from rag import Answer, AnswerChain, Filters, Library, answer_tool

PAGE = Path(rag.__file__).parents[1] / "docs" / "langchain.md"


class Scripted(GenericFakeChatModel):
    """A chat model that calls a tool, then says something. It stands in for a provider."""

    seen: list[list[BaseMessage]] = []  # noqa: RUF012  # a field of a pydantic model

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Scripted:
        return self

    def _generate(self, messages: list[BaseMessage], *args: Any, **named: Any) -> Any:
        self.seen.append(list(messages))
        return super()._generate(messages, *args, **named)


def scripted(question: str, said: str) -> Scripted:
    calls = [{"name": "ask_articles", "args": {"question": question}, "id": "1"}]
    return Scripted(messages=iter([AIMessage("", tool_calls=calls), AIMessage(said)]), seen=[])


def asked(tool: Any, question: str) -> ToolMessage:
    message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": {"question": question}})
    assert isinstance(message, ToolMessage)
    return message


def test_a_tool_answers_with_footnotes_and_has_the_whole_answer_beside(chain: AnswerChain) -> None:
    tool = chain.as_tool()
    assert (tool.name, list(tool.args)) == ("ask_articles", ["question"])
    assert "the user's own articles" in tool.description
    question = "When did the Ropewalk Bridge reopen?"
    message = asked(tool, question)
    assert message.content == str(Answer.from_dict(message.artifact)) == tool.invoke(question)
    assert re.search(r"\n\[1\] .+: “", str(message.content))
    assert asyncio.run(tool.ainvoke(question)) == message.content


def test_a_model_is_given_no_passages_where_the_articles_do_not_answer(chain: AnswerChain) -> None:
    """C64: nothing that could be taken for an answer."""
    message = asked(chain.as_tool(name="ask"), "What is the capital of France?")
    assert message.content == message.artifact["note"]
    assert message.artifact["passages"]


def test_a_tool_asks_only_some_articles(samples: Library) -> None:
    tool = answer_tool(samples, name="old", description="Old news.", filters=Filters(until="1990"))
    assert (tool.name, tool.description) == ("old", "Old news.")
    assert "no articles until 31 December 1990" in str(asked(tool, "When did the Ropewalk Bridge reopen?").content)
    by_config = answer_tool(samples).with_config(configurable={"filters": Filters(until="1990")})
    assert "no articles until 31 December 1990" in by_config.invoke("When did the Ropewalk Bridge reopen?")


def test_an_agent_asks_the_library_and_remembers_the_answer(samples: Library) -> None:
    model = scripted("When did the Ropewalk Bridge reopen?", "It reopened. [1]")
    agent = create_agent(model, [answer_tool(samples)], checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke({"messages": [("user", "Is the bridge open?")]}, thread)
    kept = JsonPlusSerializer()
    told = next(m for m in agent.get_state(thread).values["messages"] if isinstance(m, ToolMessage))
    told = kept.loads_typed(kept.dumps_typed(told))  # as a checkpoint on a disk brings it back
    assert Answer.from_dict(told.artifact).citations[0].quote in str(told.content)
    assert "[1]" in str(model.seen[1][-1].content)


@pytest.mark.folder
def test_the_page_about_langchain_runs_as_it_stands(
    samples: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = scripted("What time does the last ferry to Skail leave?", "No: the last ferry leaves at 6.40 p.m. [1]")
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda _: model)
    samples.backup(tmp_path / "samples.footnote")
    Library.restore(tmp_path / "samples.footnote", "my-library")  # the page adds them, which is done then
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    known = module.__dict__
    shown: list[str] = []
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.S | re.M)):
        exec(compile(block, f"{PAGE.name}, block {number}", "exec", dont_inherit=True), known)
        shown.append(capsys.readouterr().out)
    known["library"].close()
    page = known.__getitem__
    assert shown[1].startswith("6.40 p.m.\n")
    assert page("second").standalone_question == "From where does the last ferry to Skail leave?"
    assert "[^1]: " in page("markdown")
    assert shown[3].startswith("[True, False]\n")
    assert not shown[3].endswith("\n0\n")
    assert shown[4] == "True since January 2025\n"
    assert len(page("documents")) == 3
    assert "Ropewalk" in shown[7]
    assert shown[8].startswith("No: the last ferry leaves at 6.40 p.m. [1]\n['Skail ferry")
    assert "Ropewalk Bridge" in page("talk")["answers"][-1]["standalone_question"]
    assert len(page("talk")["answers"]) == 2
