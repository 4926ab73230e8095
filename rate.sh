while IFS='|' read name case share; do
 n=$((2000*100/share)); 
 s=$(date +%s.%N); TAUSCOPE_FUZZ_INPUTS=$n TAUSCOPE_FUZZ_SEED=5 timeout 60 ./ts_test_fuzz "$case" > /tmp/ckpt/rate.$name.log 2>&1; rc=$?
 e=$(date +%s.%N); echo "$name rc=$rc $(echo "2000/($e-$s)"|bc -l|cut -d. -f1)/s"
done <<X
json|damaged JSON*|30
csv|damaged CSV*|10
safetensors|damaged safetensors*|40
shard_index|damaged indexes*|10
logits_file|damaged logits*|10
torch_file|damaged archives*|20
pickle|damaged pickles*|30
config|damaged configs*|10
tokenizer_json|damaged tokenizer.json*|10
tokenizer_config|damaged tokenizer configs*|10
merges|damaged merges*|5
sentencepiece|damaged sentencepiece*|10
data_file|damaged data files*|10
X
